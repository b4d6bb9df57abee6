insert into grain_state (grain, state, etag, body, checksum, written_at) values ('dataset/abc', 'number', 7, '\x3432', 779959755, 1700000000000);
insert into reminder (grain, name, grain_hash, start_at, period, etag) values ('node/n1', 'wake', 12345, 638000000000000000, 3000000000, 8);
select setval('grain_etag', 8);
