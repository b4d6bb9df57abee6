-- The append-only evidence log. Each row's hash covers its fields and the hash before it (Etdb.Domain.Audit.EvidenceChain).
create table evidence (
  sequence integer primary key, at text not null, kind integer not null, dataset text not null, node text not null, outcome text not null,
  depth integer not null, blocks integer not null, author text not null, detail text not null, previous text not null, hash text not null
);
create index evidence_by_dataset on evidence (dataset, sequence);
create index evidence_by_node on evidence (node, sequence);
create trigger evidence_kept before delete on evidence begin select raise(abort, 'evidence is never deleted'); end;
create trigger evidence_unchanged before update on evidence begin select raise(abort, 'evidence is never changed'); end;
