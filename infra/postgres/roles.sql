-- One database role for each service, with rights on its own schemas only (ARCHITECTURE.md, "Where
-- data lives"). Run by a superuser after the migrations; running it again changes nothing.
-- It sets no passwords: give each role one with ALTER ROLE … PASSWORD '…'.

DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['flyloft_auth', 'flyloft_write_api', 'flyloft_read_api',
                                   'flyloft_conductor', 'flyloft_worker'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', role_name);
    END IF;
  END LOOP;
END $$;

GRANT USAGE ON SCHEMA auth TO flyloft_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA auth TO flyloft_auth;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA auth TO flyloft_auth;

-- write-api makes a table for each data set; read-api may read every one of them, also later ones.
GRANT USAGE, CREATE ON SCHEMA data_sets TO flyloft_write_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA data_sets TO flyloft_write_api;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA data_sets TO flyloft_write_api;
GRANT USAGE ON SCHEMA data_sets TO flyloft_read_api;
GRANT SELECT ON ALL TABLES IN SCHEMA data_sets TO flyloft_read_api;
ALTER DEFAULT PRIVILEGES FOR ROLE flyloft_write_api IN SCHEMA data_sets
  GRANT SELECT ON TABLES TO flyloft_read_api;

-- The only thing that read-api writes: parts of answers, which may be lost at any time.
GRANT USAGE ON SCHEMA kept_answers TO flyloft_read_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA kept_answers TO flyloft_read_api;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA kept_answers TO flyloft_read_api;

GRANT USAGE ON SCHEMA registry TO flyloft_conductor, flyloft_worker, flyloft_read_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA registry TO flyloft_conductor, flyloft_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA registry TO flyloft_conductor, flyloft_worker;
GRANT SELECT ON ALL TABLES IN SCHEMA registry TO flyloft_read_api;

-- write-api puts transforms into the queue; auth takes notices from it.
GRANT USAGE ON SCHEMA queue TO flyloft_conductor, flyloft_worker, flyloft_write_api, flyloft_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA queue
  TO flyloft_conductor, flyloft_worker, flyloft_write_api, flyloft_auth;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA queue
  TO flyloft_conductor, flyloft_worker, flyloft_write_api, flyloft_auth;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA queue
  TO flyloft_conductor, flyloft_worker, flyloft_write_api, flyloft_auth;
