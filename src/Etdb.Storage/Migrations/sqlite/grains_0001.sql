-- States and reminders of grains. One row for each state of a grain; a write is a compare-and-set on etag.
create table grain_state (
  grain text not null,           -- grain id: type/key, the same text on either grain runtime
  state text not null,           -- name of the state within the grain
  etag integer not null,         -- from grain_sequence: never used twice, not even after a clear
  body blob not null,            -- UTF-8 JSON
  checksum integer not null,     -- CRC-32C of body
  written_at integer not null,   -- Unix milliseconds
  primary key (grain, state)
);

create table grain_sequence (
  last integer not null
);
insert into grain_sequence (last) values (0);

create table reminder (
  grain text not null,
  name text not null,
  grain_hash integer not null,   -- the runtime's uniform hash of the grain id: silos of a cluster divide reminders by it
  start_at integer not null,     -- first tick, .NET ticks UTC
  period integer not null,       -- .NET ticks
  etag integer not null,
  primary key (grain, name)
) without rowid;
create index reminder_by_hash on reminder (grain_hash);
