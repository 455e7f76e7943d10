-- The files of a deleted package stay for readers that have them open, from its deletion on, however old its loads are.
ALTER TABLE loads ADD COLUMN package_deleted_at timestamptz(6);
CREATE INDEX loads_by_deletion ON loads (package_deleted_at) WHERE package_deleted_at IS NOT NULL;
