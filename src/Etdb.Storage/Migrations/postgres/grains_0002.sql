-- The id of the secret key that the credentials in these states are sealed with: at most one row. All silos of a cluster share that key.
create table secret_key (
  one boolean primary key default true check (one),
  id text collate "C" not null
);
comment on column secret_key.id is 'Drawn from the key; the key itself is never in a database.';
