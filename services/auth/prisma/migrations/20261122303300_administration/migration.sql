INSERT INTO auth.permissions (name, description) VALUES
  ('user:update:any', 'Change people''s names and addresses'),
  ('user:delete:any', 'Delete people'),
  ('user:export:any', 'Read everything that is kept of a person'),
  ('session:revoke:any', 'See and end the sessions of others'),
  ('service:read:any', 'See services, and what people may do there'),
  ('service:update:any', 'Change what people may do at services');
INSERT INTO auth.role_permissions (role, permission)
  SELECT 'admin', unnest(ARRAY['user:update:any', 'user:delete:any', 'user:export:any', 'session:revoke:any',
    'service:read:any', 'service:update:any']);

-- What a person may do at a service is written into tokens: those that say more than holds now are refused.
-- A row of everyone ('*') reaches people as their tokens are renewed.
CREATE FUNCTION auth.service_permission_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM auth.revoke('user', id::text, CURRENT_TIMESTAMP + interval '25 hours')
    FROM auth.users WHERE idhash = OLD.userid;
  RETURN NULL;
END $$;
CREATE TRIGGER service_permission_ended AFTER UPDATE OR DELETE ON auth.service_permissions FOR EACH ROW
  EXECUTE FUNCTION auth.service_permission_ended();
