-- Counts that triggers keep, so that no reader counts a million rows. They follow every change, whoever makes it.
create table dataset_count (
  state text not null, healthy integer not null, retrievable integer not null, datasets integer not null, bytes integer not null, risk real not null,
  primary key (state, healthy, retrievable)
) without rowid;
create table replica_count (node text not null, member text not null, state text not null, replicas integer not null, primary key (node, member, state)) without rowid;
-- By the hour (since 1970) of the last proof; -1 for none.
create table replica_age (state text not null, hour integer not null, replicas integer not null, bytes integer not null, primary key (state, hour)) without rowid;

insert into dataset_count select state, healthy, retrievable, count(*), sum(bytes), sum(risk) from dataset group by state, healthy, retrievable;
insert into replica_count select node, member, state, count(*) from replica group by node, member, state;
insert into replica_age select r.state, coalesce(r.verified_at / 3600000, -1), count(*), sum(d.bytes) from replica r join dataset d on d.id = r.dataset group by 1, 2;

create trigger dataset_counted after insert on dataset begin
  insert into dataset_count values (new.state, new.healthy, new.retrievable, 1, new.bytes, new.risk)
    on conflict do update set datasets = datasets + 1, bytes = bytes + excluded.bytes, risk = risk + excluded.risk;
end;
create trigger dataset_uncounted after delete on dataset begin
  update dataset_count set datasets = datasets - 1, bytes = bytes - old.bytes, risk = risk - old.risk
    where state = old.state and healthy = old.healthy and retrievable = old.retrievable;
end;
create trigger dataset_recounted after update of state, healthy, retrievable, bytes, risk on dataset begin
  update dataset_count set datasets = datasets - 1, bytes = bytes - old.bytes, risk = risk - old.risk
    where state = old.state and healthy = old.healthy and retrievable = old.retrievable;
  insert into dataset_count values (new.state, new.healthy, new.retrievable, 1, new.bytes, new.risk)
    on conflict do update set datasets = datasets + 1, bytes = bytes + excluded.bytes, risk = risk + excluded.risk;
end;
create trigger dataset_resized after update of bytes on dataset when old.bytes <> new.bytes begin
  insert into replica_age select state, coalesce(verified_at / 3600000, -1), 0, (new.bytes - old.bytes) * count(*) from replica where dataset = new.id group by 1, 2
    on conflict do update set bytes = bytes + excluded.bytes;
end;
create trigger replica_counted after insert on replica begin
  insert into replica_count values (new.node, new.member, new.state, 1) on conflict do update set replicas = replicas + 1;
  insert into replica_age select new.state, coalesce(new.verified_at / 3600000, -1), 1, coalesce((select bytes from dataset where id = new.dataset), 0) where true
    on conflict do update set replicas = replicas + 1, bytes = bytes + excluded.bytes;
end;
create trigger replica_uncounted after delete on replica begin
  update replica_count set replicas = replicas - 1 where node = old.node and member = old.member and state = old.state;
  update replica_age set replicas = replicas - 1, bytes = bytes - coalesce((select bytes from dataset where id = old.dataset), 0)
    where state = old.state and hour = coalesce(old.verified_at / 3600000, -1);
end;
create trigger replica_recounted after update of member, state, verified_at on replica begin
  update replica_count set replicas = replicas - 1 where node = old.node and member = old.member and state = old.state;
  insert into replica_count values (new.node, new.member, new.state, 1) on conflict do update set replicas = replicas + 1;
  update replica_age set replicas = replicas - 1, bytes = bytes - coalesce((select bytes from dataset where id = old.dataset), 0)
    where state = old.state and hour = coalesce(old.verified_at / 3600000, -1);
  insert into replica_age select new.state, coalesce(new.verified_at / 3600000, -1), 1, coalesce((select bytes from dataset where id = new.dataset), 0) where true
    on conflict do update set replicas = replicas + 1, bytes = bytes + excluded.bytes;
end;

-- Serves the states' lists and the example of each cell of the matrix.
create index dataset_by_cell on dataset (state, healthy, retrievable, id);
drop index dataset_by_state;
-- What a search sorts and narrows by, without the rest of the row: 2,000 rows of two kilobytes each would be read for one page.
create index dataset_slim on dataset (id, title, updated_at, risk, bytes, state, publisher, species);
