-- Sweeping looks at packages whose loads have ended lately, and at no others.
CREATE INDEX loads_by_end ON loads (finished_at) WHERE finished_at IS NOT NULL AND package_id IS NOT NULL;
