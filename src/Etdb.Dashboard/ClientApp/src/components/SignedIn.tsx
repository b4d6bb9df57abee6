import { Link } from 'wouter';
import { useSession } from '../api/queries';

/** Who the reader is, where that is worth a word: a name that is signed in, or the way to sign in. */
export function SignedIn() {
  const session = useSession().data;
  if (!session || (session.kind === 'anonymous' && !session.tokensNeeded)) return null;
  if (session.kind === 'anonymous') return <Link to="/signin" className="signed-in">Sign in</Link>;
  if (session.kind === 'local') return <span className="signed-in soft" title="Calls from this machine need no token here.">This machine</span>;
  return <Link to="/signin" className="signed-in" title={session.grants.join(', ')}>{session.name}</Link>;
}
