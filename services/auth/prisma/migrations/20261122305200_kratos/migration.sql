-- Our session of each session at Kratos. It stays when either has ended: what has ended here does not begin again.
CREATE TABLE auth.kratos_sessions (
  kratos_id text PRIMARY KEY,
  session_id uuid NOT NULL UNIQUE REFERENCES auth.sessions (id) ON DELETE CASCADE,
  identity_id text NOT NULL,
  checked_at timestamptz(3) NOT NULL
);
CREATE INDEX kratos_sessions_checked_at_idx ON auth.kratos_sessions (checked_at);

-- What Kratos is still to be told. A deleted person's row also says that they do not come back.
CREATE TABLE auth.kratos_tasks (
  kind text NOT NULL CHECK (kind IN ('end-session', 'end-sessions', 'delete-identity')),
  subject text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  done_at timestamptz(3),
  PRIMARY KEY (kind, subject)
);
CREATE INDEX kratos_tasks_due_at_idx ON auth.kratos_tasks (due_at) WHERE done_at IS NULL;

CREATE FUNCTION auth.tell_kratos(task text, about text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO auth.kratos_tasks (kind, subject) VALUES (task, about)
  ON CONFLICT (kind, subject) DO UPDATE
    SET attempts = 0, due_at = CURRENT_TIMESTAMP, created_at = CURRENT_TIMESTAMP, done_at = NULL
$$;

CREATE FUNCTION auth.end_kratos_sessions(person uuid) RETURNS void LANGUAGE sql AS $$
  SELECT auth.tell_kratos('end-sessions', subject) FROM auth.identities WHERE provider = 'kratos' AND user_id = person
$$;

CREATE FUNCTION auth.kratos_suspended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM auth.end_kratos_sessions(NEW.user_id);
  RETURN NULL;
END $$;
CREATE TRIGGER kratos_suspended AFTER INSERT OR UPDATE ON auth.suspensions FOR EACH ROW
  WHEN (NEW.until > CURRENT_TIMESTAMP) EXECUTE FUNCTION auth.kratos_suspended();

CREATE FUNCTION auth.kratos_session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM auth.tell_kratos('end-session', kratos_id) FROM auth.kratos_sessions WHERE session_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER kratos_session_ended AFTER UPDATE OF revoked_at ON auth.sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION auth.kratos_session_ended();

-- Before, because the identities go with the person.
CREATE FUNCTION auth.kratos_user_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM auth.tell_kratos('delete-identity', subject) FROM auth.identities
    WHERE provider = 'kratos' AND user_id = OLD.id;
  RETURN OLD;
END $$;
CREATE TRIGGER kratos_user_deleted BEFORE DELETE ON auth.users FOR EACH ROW
  EXECUTE FUNCTION auth.kratos_user_deleted();
