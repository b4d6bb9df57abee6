-- States and reminders of grains. One row for each state of a grain; a write is a compare-and-set on etag.
create sequence grain_etag; -- No value is given twice, not even after a clear: a stale writer cannot win.
create table grain_state (
  grain text collate "C" not null,
  state text collate "C" not null,
  etag bigint not null,
  body bytea not null,
  checksum bigint not null,
  written_at bigint not null,
  primary key (grain, state)
);
comment on column grain_state.grain is 'Grain id: type/key, the same text on either grain runtime and in SQLite.';
comment on column grain_state.body is 'UTF-8 JSON.';
comment on column grain_state.checksum is 'CRC-32C of body.';
comment on column grain_state.written_at is 'Unix milliseconds.';
alter table grain_state alter column body set storage external; -- JSON of a few kB is read far more often than it is worth packing.

create table reminder (
  grain text collate "C" not null,
  name text collate "C" not null,
  grain_hash bigint not null,
  start_at bigint not null,
  period bigint not null,
  etag bigint not null,
  primary key (grain, name)
);
create index reminder_by_hash on reminder (grain_hash);
comment on column reminder.grain_hash is 'The runtime''s uniform hash of the grain id: silos of a cluster divide reminders by it.';
comment on column reminder.start_at is 'First tick, .NET ticks UTC.';
comment on column reminder.period is '.NET ticks.';
