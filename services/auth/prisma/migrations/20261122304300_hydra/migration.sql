-- What was done with challenges of Hydra: each may be finished once, which Hydra itself does not see to.
CREATE TABLE auth.finished_challenges (
  challenge_hash bytea PRIMARY KEY,
  expires_at timestamptz(3) NOT NULL
);
CREATE INDEX finished_challenges_expires_at_idx ON auth.finished_challenges (expires_at);

-- Browsers on their way through a challenge, while the person signs in.
CREATE TABLE auth.hydra_flows (
  reference_hash bytea PRIMARY KEY,
  browser_hash bytea NOT NULL,
  sealed_challenge bytea NOT NULL,
  begun_at timestamptz(3) NOT NULL,
  expires_at timestamptz(3) NOT NULL
);
CREATE INDEX hydra_flows_expires_at_idx ON auth.hydra_flows (expires_at);

-- Whose sessions Hydra is still to end.
CREATE TABLE auth.hydra_revocations (
  subject uuid PRIMARY KEY,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX hydra_revocations_due_at_idx ON auth.hydra_revocations (due_at);

CREATE FUNCTION auth.end_hydra_sessions(person uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO auth.hydra_revocations (subject) VALUES (person)
  ON CONFLICT (subject) DO UPDATE
    SET attempts = 0, due_at = CURRENT_TIMESTAMP, created_at = CURRENT_TIMESTAMP
$$;
CREATE FUNCTION auth.hydra_person_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM auth.end_hydra_sessions(
    ((CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END) ->> TG_ARGV[0])::uuid);
  RETURN NULL;
END $$;
CREATE TRIGGER hydra_user_deleted AFTER DELETE ON auth.users FOR EACH ROW
  EXECUTE FUNCTION auth.hydra_person_out('id');
CREATE TRIGGER hydra_suspended AFTER INSERT OR UPDATE ON auth.suspensions FOR EACH ROW
  WHEN (NEW.until > CURRENT_TIMESTAMP) EXECUTE FUNCTION auth.hydra_person_out('user_id');
