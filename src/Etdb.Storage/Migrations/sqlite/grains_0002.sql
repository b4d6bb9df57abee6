-- The id of the secret key that the credentials in these states are sealed with: at most one row.
create table secret_key (
  one integer primary key default 1 check (one = 1),
  id text not null               -- the key itself is never in a database
);
