-- The append-only evidence log. Each row's hash covers its fields and the hash before it (Etdb.Domain.Audit.EvidenceChain).
create table evidence (
  sequence bigint primary key, at text not null, kind integer not null, dataset text collate "C" not null, node text collate "C" not null, outcome text not null,
  depth integer not null, blocks bigint not null, author text not null, detail text not null, previous text not null, hash text not null
);
create index evidence_by_dataset on evidence (dataset, sequence);
create index evidence_by_node on evidence (node, sequence);
create function evidence_refuses() returns trigger language plpgsql as $$ begin raise exception 'evidence is neither changed nor deleted'; end $$;
create trigger evidence_kept before update or delete on evidence for each row execute function evidence_refuses();
create trigger evidence_not_emptied before truncate on evidence for each statement execute function evidence_refuses();
