-- What the OpenID Connect provider keeps: its sessions, grants, codes and tokens, one row each. Ids are
-- hashed and payloads encrypted, so that whoever reads the table holds no token.
CREATE TABLE auth.oidc_records (
  -- SHA-256 of the kind and the id.
  id_hash bytea PRIMARY KEY,
  kind text NOT NULL,
  -- The grant that a code or token came from: it dies with it.
  grant_hash bytea REFERENCES auth.oidc_records (id_hash) ON DELETE CASCADE,
  uid_hash bytea UNIQUE,
  user_code_hash bytea UNIQUE,
  user_id uuid REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  client_id text REFERENCES auth.clients (id) ON DELETE CASCADE ON UPDATE CASCADE,
  -- Of a grant: the session in which the person gave it.
  session_id uuid REFERENCES auth.sessions (id) ON DELETE CASCADE ON UPDATE CASCADE,
  sealed_payload bytea NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  consumed_at timestamptz(3),
  revoked_at timestamptz(3),
  -- When a device asked for its tokens last (RFC 8628 section 3.5).
  polled_at timestamptz(3)
);
CREATE INDEX oidc_records_grant_hash_idx ON auth.oidc_records (grant_hash);
CREATE INDEX oidc_records_user_id_idx ON auth.oidc_records (user_id, client_id);
CREATE INDEX oidc_records_client_id_idx ON auth.oidc_records (client_id);
CREATE INDEX oidc_records_session_id_idx ON auth.oidc_records (session_id);
CREATE INDEX oidc_records_expires_at_idx ON auth.oidc_records (expires_at);

-- What people said yes to. Taking it back ends what the client holds.
CREATE TABLE auth.oidc_consents (
  user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  client_id text NOT NULL REFERENCES auth.clients (id) ON DELETE CASCADE ON UPDATE CASCADE,
  scopes text[] NOT NULL,
  granted_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (user_id, client_id)
);
CREATE INDEX oidc_consents_client_id_idx ON auth.oidc_consents (client_id);

-- Access tokens in JWT form name their grant as `sid`: services that follow the feed refuse them.
CREATE FUNCTION auth.grant_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM auth.revoke('session', 'grant:' || encode(OLD.id_hash, 'hex'), CURRENT_TIMESTAMP + interval '15 minutes');
  RETURN NULL;
END $$;
CREATE TRIGGER grant_revoked AFTER UPDATE OF revoked_at ON auth.oidc_records FOR EACH ROW
  WHEN (OLD.kind = 'Grant' AND OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
  EXECUTE FUNCTION auth.grant_ended();
CREATE TRIGGER grant_deleted AFTER DELETE ON auth.oidc_records FOR EACH ROW
  WHEN (OLD.kind = 'Grant' AND OLD.revoked_at IS NULL AND OLD.expires_at > CURRENT_TIMESTAMP)
  EXECUTE FUNCTION auth.grant_ended();

CREATE FUNCTION auth.end_grants_of_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM auth.oidc_records WHERE session_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER session_grants_ended AFTER UPDATE OF revoked_at ON auth.sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
  EXECUTE FUNCTION auth.end_grants_of_session();

CREATE FUNCTION auth.end_grants_of_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM auth.oidc_records
    WHERE user_id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.user_id ELSE NEW.user_id END);
  RETURN NULL;
END $$;
CREATE TRIGGER suspension_grants_ended AFTER INSERT OR UPDATE ON auth.suspensions FOR EACH ROW
  WHEN (NEW.until > CURRENT_TIMESTAMP) EXECUTE FUNCTION auth.end_grants_of_person();
CREATE TRIGGER identity_grants_ended AFTER DELETE ON auth.identities FOR EACH ROW
  EXECUTE FUNCTION auth.end_grants_of_person();

CREATE FUNCTION auth.end_grants_of_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM auth.oidc_records WHERE user_id = OLD.user_id AND client_id = OLD.client_id;
  RETURN NULL;
END $$;
CREATE TRIGGER consent_grants_ended AFTER DELETE ON auth.oidc_consents FOR EACH ROW
  EXECUTE FUNCTION auth.end_grants_of_consent();

CREATE FUNCTION auth.end_grants_in_app() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM auth.oidc_records USING auth.clients
    WHERE clients.app = NEW.app AND oidc_records.client_id = clients.id AND oidc_records.user_id = NEW.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER app_grants_ended AFTER INSERT OR UPDATE ON auth.app_roles FOR EACH ROW
  WHEN (NEW.role = 'no access') EXECUTE FUNCTION auth.end_grants_in_app();
