-- Community safety and notices (auth.md A5): words, reports, what is hidden, notifications, web push.

INSERT INTO auth.permissions (name, description) VALUES
  ('word:manage:any', 'Keep the list of phrases that texts may not hold'),
  ('report:create:any', 'Report packages, data sets, comments and people'),
  ('report:handle:any', 'See the reports, close or dismiss them, hide what was reported'),
  ('comment:moderate:any', 'Change and remove everybody''s comments');
INSERT INTO auth.role_permissions (role, permission) VALUES
  ('admin', 'word:manage:any'),
  ('admin', 'report:create:any'), ('moderator', 'report:create:any'), ('user', 'report:create:any'),
  ('admin', 'report:handle:any'), ('moderator', 'report:handle:any'),
  ('admin', 'comment:moderate:any'), ('moderator', 'comment:moderate:any');

CREATE TABLE auth.word_phrases (
  id uuid PRIMARY KEY,
  phrase text NOT NULL,
  -- The one spelling of the phrase: two that fold to the same are the same.
  folded text NOT NULL UNIQUE CHECK (folded <> ''),
  -- True: what lies within this phrase is let stand.
  allowed boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  created_by uuid
);

CREATE TABLE auth.reports (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('package', 'data-set', 'comment', 'user')),
  target text NOT NULL,
  reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 120),
  -- Null: the reporter has deleted the account. The report stays to be handled.
  reporter_id uuid REFERENCES auth.users (id) ON DELETE SET NULL ON UPDATE CASCADE,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'dismissed', 'closed')),
  handled_at timestamptz(3),
  handled_by uuid,
  CHECK ((state = 'open') = (handled_at IS NULL))
);
-- One open report for each reporter and target, whatever happens at once.
CREATE UNIQUE INDEX reports_one_open ON auth.reports (reporter_id, kind, target) WHERE state = 'open';
CREATE INDEX reports_state_created_at_idx ON auth.reports (state, created_at, id);
CREATE INDEX reports_kind_target_idx ON auth.reports (kind, target);

-- What strangers are not shown.
CREATE TABLE auth.hidden_targets (
  kind text NOT NULL,
  target text NOT NULL,
  hidden_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  -- Null: the number of reports did it, and it ends with them.
  decided_by uuid,
  PRIMARY KEY (kind, target)
);

CREATE TABLE auth.notifications (
  -- The id of the notice that it was made of: a notice that comes twice makes one.
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  kind text NOT NULL,
  text text NOT NULL,
  -- What it is about, such as `{"type": "package", "id": "…"}`.
  about jsonb,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  read_at timestamptz(3)
);
CREATE INDEX notifications_user_id_created_at_idx ON auth.notifications (user_id, created_at DESC, id);
CREATE INDEX notifications_created_at_idx ON auth.notifications (created_at);

-- A person without a row here wants pushes: subscribing a browser was their own act.
CREATE TABLE auth.notification_settings (
  user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  push boolean NOT NULL
);

-- A browser's PushSubscription.
CREATE TABLE auth.push_subscriptions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  endpoint text NOT NULL,
  p256dh text NOT NULL,
  auth text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  UNIQUE (user_id, endpoint)
);
CREATE INDEX push_subscriptions_endpoint_idx ON auth.push_subscriptions (endpoint);

-- One notification on its way to one browser.
CREATE TABLE auth.push_deliveries (
  id bigserial PRIMARY KEY,
  notification_id uuid NOT NULL REFERENCES auth.notifications (id) ON DELETE CASCADE ON UPDATE CASCADE,
  subscription_id uuid NOT NULL REFERENCES auth.push_subscriptions (id) ON DELETE CASCADE ON UPDATE CASCADE,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX push_deliveries_due_at_idx ON auth.push_deliveries (due_at);
CREATE INDEX push_deliveries_notification_id_idx ON auth.push_deliveries (notification_id);
CREATE INDEX push_deliveries_subscription_id_idx ON auth.push_deliveries (subscription_id);

CREATE FUNCTION auth.deliver_notification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO auth.push_deliveries (notification_id, subscription_id)
    SELECT NEW.id, id FROM auth.push_subscriptions
    WHERE user_id = NEW.user_id
      AND NOT EXISTS (SELECT FROM auth.notification_settings WHERE user_id = NEW.user_id AND NOT push);
  RETURN NULL;
END $$;
CREATE TRIGGER deliver_notification AFTER INSERT ON auth.notifications
  FOR EACH ROW EXECUTE FUNCTION auth.deliver_notification();
