-- What must follow from a change, whoever makes it, is written by the database in the same
-- transaction: the revocation feed, the events for extensions, the promotion of new users.

-- Rights are data: roles hold permissions `resource:action[:scope]`.
CREATE TABLE auth.permissions (
  name text PRIMARY KEY CHECK (name ~ '^[a-z-]+:[a-z-]+(:[a-z-]+)?$'),
  description text NOT NULL
);
CREATE TABLE auth.role_permissions (
  role text NOT NULL REFERENCES auth.roles (name) ON DELETE CASCADE ON UPDATE CASCADE,
  permission text NOT NULL REFERENCES auth.permissions (name) ON DELETE RESTRICT ON UPDATE CASCADE,
  PRIMARY KEY (role, permission)
);
INSERT INTO auth.permissions (name, description) VALUES
  ('profile:read:own', 'See the own profile'),
  ('profile:update:own', 'Change the own profile'),
  ('service-token:create:own', 'Get tokens for the platform''s services'),
  ('session:revoke:own', 'See and end the own sessions'),
  ('token:create:own', 'Make and revoke personal access tokens'),
  ('user:read:any', 'See the people and their roles'),
  ('user:suspend:any', 'Shut people out until a date, and let them in again'),
  ('user:create:any', 'Make people'),
  ('user:assign-roles:any', 'Give and take roles'),
  ('token:create:any', 'Make personal access tokens for others'),
  ('audit:read:any', 'Read the audit log'),
  ('key:read:any', 'See the signing keys'),
  ('key:rotate:any', 'Rotate and retire signing keys');
INSERT INTO auth.role_permissions (role, permission)
  SELECT 'admin', name FROM auth.permissions
  UNION ALL SELECT 'moderator', unnest(ARRAY['profile:read:own', 'profile:update:own', 'service-token:create:own',
    'session:revoke:own', 'token:create:own', 'user:read:any', 'user:suspend:any'])
  UNION ALL SELECT 'user', unnest(ARRAY['profile:read:own', 'profile:update:own', 'service-token:create:own',
    'session:revoke:own', 'token:create:own'])
  UNION ALL SELECT 'new user', unnest(ARRAY['profile:read:own', 'profile:update:own', 'service-token:create:own',
    'session:revoke:own']);

-- A suspension is over when its date has passed: nothing has to write that down.
CREATE TABLE auth.suspensions (
  user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  until timestamptz(3) NOT NULL,
  reason text NOT NULL,
  suspended_by uuid,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

ALTER TABLE auth.signing_keys ADD COLUMN retiring_at timestamptz(3);
CREATE UNIQUE INDEX signing_keys_one_next ON auth.signing_keys (state) WHERE state = 'next';

-- The revocation feed. `subject` is the SHA-256 of what is revoked, so that the feed can be public.
CREATE TABLE auth.revocations (
  id bigserial PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('session', 'user', 'key')),
  subject text NOT NULL,
  revoked_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- No token that the row speaks of lives longer.
  expires_at timestamptz(3) NOT NULL
);
CREATE INDEX revocations_expires_at_idx ON auth.revocations (expires_at);

CREATE FUNCTION auth.revoke(revoked_kind text, revoked text, expiry timestamptz) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO auth.revocations (kind, subject, expires_at)
  VALUES (revoked_kind, encode(sha256(convert_to(revoked, 'UTF8')), 'hex'), expiry)
$$;

CREATE FUNCTION auth.session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM auth.revoke('session', OLD.id::text, OLD.expires_at + interval '5 minutes');
  RETURN NULL;
END $$;
CREATE TRIGGER session_revoked AFTER UPDATE OF revoked_at ON auth.sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL AND OLD.expires_at > CURRENT_TIMESTAMP)
  EXECUTE FUNCTION auth.session_ended();
CREATE TRIGGER session_deleted AFTER DELETE ON auth.sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND OLD.expires_at > CURRENT_TIMESTAMP)
  EXECUTE FUNCTION auth.session_ended();

-- Service tokens are believed for 24 hours at most, so what came from a long-lived token is dead by then.
CREATE FUNCTION auth.personal_access_token_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM auth.revoke('session', 'pat:' || OLD.id, CURRENT_TIMESTAMP + interval '25 hours');
  RETURN NULL;
END $$;
CREATE TRIGGER personal_access_token_revoked AFTER UPDATE OF revoked_at ON auth.personal_access_tokens FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
  EXECUTE FUNCTION auth.personal_access_token_ended();
CREATE TRIGGER personal_access_token_deleted AFTER DELETE ON auth.personal_access_tokens FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL)
  EXECUTE FUNCTION auth.personal_access_token_ended();

-- Every service token of a person that was issued until now: its permissions hold no longer.
CREATE FUNCTION auth.rights_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM auth.revoke('user', (CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END) ->> TG_ARGV[0],
    CURRENT_TIMESTAMP + interval '25 hours');
  RETURN NULL;
END $$;
CREATE TRIGGER user_deleted AFTER DELETE ON auth.users FOR EACH ROW
  EXECUTE FUNCTION auth.rights_ended('id');
CREATE TRIGGER role_taken AFTER DELETE ON auth.user_roles FOR EACH ROW
  WHEN (OLD.role <> 'new user') EXECUTE FUNCTION auth.rights_ended('user_id');
CREATE TRIGGER suspended AFTER INSERT OR UPDATE ON auth.suspensions FOR EACH ROW
  WHEN (NEW.until > CURRENT_TIMESTAMP) EXECUTE FUNCTION auth.rights_ended('user_id');

CREATE FUNCTION auth.key_retired() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM auth.revoke('key', OLD.kid, CURRENT_TIMESTAMP + interval '15 days');
  RETURN NULL;
END $$;
CREATE TRIGGER key_retired AFTER UPDATE OF state ON auth.signing_keys FOR EACH ROW
  WHEN (OLD.state <> 'retired' AND NEW.state = 'retired') EXECUTE FUNCTION auth.key_retired();

-- A new user becomes a user when the e-mail address is verified.
CREATE FUNCTION auth.promote_verified() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM auth.user_roles WHERE user_id = NEW.id AND role = 'new user';
  IF FOUND THEN
    INSERT INTO auth.user_roles (user_id, role) VALUES (NEW.id, 'user') ON CONFLICT DO NOTHING;
    INSERT INTO auth.audit_entries (id, action, target, details)
      VALUES (gen_random_uuid(), 'user.promoted', NEW.id::text, '{"role": "user"}');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER email_verified AFTER UPDATE OF email_verified ON auth.users FOR EACH ROW
  WHEN (NEW.email_verified AND NOT OLD.email_verified) EXECUTE FUNCTION auth.promote_verified();

CREATE FUNCTION auth.verified_from_the_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM auth.users WHERE id = NEW.user_id AND email_verified) THEN NEW.role := 'user'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER role_of_verified BEFORE INSERT ON auth.user_roles FOR EACH ROW
  WHEN (NEW.role = 'new user') EXECUTE FUNCTION auth.verified_from_the_start();

-- What extensions are told, once it is committed.
CREATE TABLE auth.extension_events (
  id bigserial PRIMARY KEY,
  event text NOT NULL CHECK (event IN ('new-user', 'user-login', 'user-logout', 'user-deleted')),
  person jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX extension_events_due_at_idx ON auth.extension_events (due_at);

CREATE FUNCTION auth.tell_extensions(told_event text, person auth.users) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO auth.extension_events (event, person) VALUES (told_event, jsonb_build_object(
    'id', person.idhash, 'uuid', person.id, 'username', person.username, 'name', person.name,
    'email', person.email, 'avatar_url', person.avatar_url))
$$;
CREATE FUNCTION auth.person_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN PERFORM auth.tell_extensions(TG_ARGV[0], OLD);
  ELSE PERFORM auth.tell_extensions(TG_ARGV[0], NEW); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER tell_new_user AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION auth.person_event('new-user');
CREATE TRIGGER tell_user_deleted AFTER DELETE ON auth.users FOR EACH ROW EXECUTE FUNCTION auth.person_event('user-deleted');
CREATE FUNCTION auth.session_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM auth.tell_extensions(TG_ARGV[0], users) FROM auth.users WHERE id = NEW.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER tell_login AFTER INSERT ON auth.sessions FOR EACH ROW EXECUTE FUNCTION auth.session_event('user-login');
CREATE TRIGGER tell_logout AFTER UPDATE OF revoked_at ON auth.sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION auth.session_event('user-logout');

-- The audit log only grows.
CREATE FUNCTION auth.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log can only be added to';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON auth.audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION auth.refuse_change();
CREATE INDEX audit_entries_actor_at_idx ON auth.audit_entries (actor, at);
CREATE INDEX audit_entries_target_at_idx ON auth.audit_entries (target, at);
