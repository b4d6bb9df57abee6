import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, post, remove } from '../api/client';
import { useSession } from '../api/queries';
import type { Session } from '../api/types';
import { PageTitle } from '../components/PageTitle';
import { Panel } from '../components/Panel';
import { QueryView } from '../components/QueryView';

/** Sign in with a token, see what it opens, sign out. The token is kept by the server's cookie, never by this page. */
export default function SignInPage() {
  const session = useSession();
  return (
    <>
      <PageTitle title="Sign in" lead="Reading may be open to all; to look after members and nodes you need a token from an admin of the cluster (etdb token create)." />
      <QueryView query={session} what="who you are here" rows={3}>
        {(data) => (data && data.kind !== 'anonymous' ? <Who session={data} /> : <TokenForm />)}
      </QueryView>
    </>
  );
}

function TokenForm() {
  const client = useQueryClient();
  const [token, setToken] = useState('');
  const act = useMutation({
    mutationFn: () => post<Session>('/session', { token: token.trim() }),
    onSuccess: () => {
      setToken('');
      void client.invalidateQueries();
    },
  });
  return (
    <Panel title="With a token">
      <form onSubmit={(event) => { event.preventDefault(); act.mutate(); }}>
        <PasswordInput
          label="Token" description="It begins with etdb_." autoComplete="off" value={token} onChange={(event) => setToken(event.currentTarget.value)}
          error={act.isError ? (act.error instanceof ApiError ? act.error.message : 'It could not be sent.') : undefined}
        />
        <p><Button type="submit" loading={act.isPending} disabled={token.trim() === ''}>Sign in</Button></p>
      </form>
    </Panel>
  );
}

function Who({ session }: { session: Session }) {
  const client = useQueryClient();
  const act = useMutation({ mutationFn: () => remove('/session'), onSuccess: () => void client.invalidateQueries() });
  return (
    <Panel title={session.kind === 'local' ? 'On this machine' : session.name}>
      <p>{session.kind === 'local' ? 'Calls from this machine need no token: you may do everything.' : `You may act as: ${session.grants.join(', ')}.`}</p>
      {session.kind === 'session' && <p><Button variant="default" loading={act.isPending} onClick={() => act.mutate()}>Sign out</Button></p>}
    </Panel>
  );
}
