-- The silos of a cluster (Orleans' membership protocol). A row is changed only together with the version of the whole table.
create sequence cluster_etag;
create table cluster_version (
  cluster text collate "C" primary key,
  version integer not null,
  etag bigint not null
);
create table cluster_silo (
  cluster text collate "C" not null,
  address text collate "C" not null,
  name text not null,
  host text not null,
  status integer not null,
  proxy_port integer not null,
  started_at timestamptz not null,
  alive_at timestamptz not null,
  suspicions text not null,
  etag bigint not null,
  primary key (cluster, address)
);
comment on column cluster_silo.address is 'ip:port@generation: another start of the same silo is another row.';
comment on column cluster_silo.status is 'Orleans.Runtime.SiloStatus.';
comment on column cluster_silo.alive_at is 'By the clock of this server, so that silos with clocks that are off do not bury each other.';
comment on column cluster_silo.suspicions is 'JSON: who said when that this silo is dead.';

-- One row: whose data this database holds.
create table cluster_identity (one boolean primary key default true check (one), cluster text not null);

-- The ledger as the cluster has heard it, in an order all silos share: each silo's own index may have seen reorganisations the others did not.
create table ledger_event (
  network text collate "C" not null, sequence bigint not null, body text not null, primary key (network, sequence)
);
create table ledger_word (
  network text collate "C" not null, subject text collate "C" not null, digest bigint not null, event text not null, primary key (network, subject)
);
comment on table ledger_word is 'The last event on each record and publisher, and its digest: what another silo''s index is compared with.';
