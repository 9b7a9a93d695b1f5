/** One page of the demo's small handbook. */
export type Page = Readonly<{ uri: string; name: string; title: string; text: string }>

const page = (name: string, title: string, text: string): Page => ({
  uri: `demo://docs/${name}`,
  name,
  title,
  text: `# ${title}\n\n${text}\n`,
})

/** What `search_docs` searches and `resources/list` lists, in this order. */
export const PAGES: readonly Page[] = [
  page(
    'welcome',
    'Welcome',
    'This server is built into datacline, so that there is something to call before the first real' +
      ' server is registered. It talks to nobody and keeps nothing on disk.',
  ),
  page(
    'policy',
    'How a call is decided',
    'Rules are tried by priority, highest first; the first rule whose whole condition holds decides.' +
      ' Then come the permissions of the caller’s roles, then the default, which is to deny.' +
      ' A denial names the rule and the line of the policy file that it stands on.',
  ),
  page(
    'record',
    'What is recorded',
    'Before anything is forwarded, the intent is stored durably; when the answer is spent, the' +
      ' outcome follows. Secrets are masked before anything is stored or shown. Without a record' +
      ' nothing is forwarded.',
  ),
  page(
    'identity',
    'Who is calling',
    'A caller is an issuer and a subject, established by a token that was made for this gateway.' +
      ' Without authentication the caller is anonymous, and only from this machine.',
  ),
  page(
    'lists',
    'Why a tool may be missing',
    'A list holds exactly the tools that the caller could call. What policy denies is absent from' +
      ' lists and completions, so that a model does not plan with tools it may not use.',
  ),
  page(
    'email',
    'About send_email',
    'The tool send_email of this server only pretends. It answers with the message that it would' +
      ' have sent, which makes it a safe subject for rules about recipients.',
  ),
]
