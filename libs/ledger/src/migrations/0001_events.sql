-- The table that the pipeline fills. A database administrator may have made it already (see config/).
CREATE TABLE IF NOT EXISTS :events (
  event_id        UUID PRIMARY KEY,
  event_type      VARCHAR(50)  NOT NULL,
  product_id      VARCHAR(100) NOT NULL,
  user_id         VARCHAR(100) NOT NULL,
  event_timestamp TIMESTAMP    NOT NULL,
  quantity        INTEGER,
  price           NUMERIC(10, 2),
  created_at      TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX IF NOT EXISTS :idx_event_type ON :events (event_type);
CREATE INDEX IF NOT EXISTS :idx_user_id    ON :events (user_id);
CREATE INDEX IF NOT EXISTS :idx_product_id ON :events (product_id);
CREATE INDEX IF NOT EXISTS :idx_timestamp  ON :events (event_timestamp);
