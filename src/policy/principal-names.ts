const EXPLICIT = /^(sub|email|user):./s

/**
 * The one name that a key of `user_roles` means: `sub:…`, `email:…` and `user:…` are explicit, a bare key
 * with `@` is a verified email, any other bare key the username.
 */
export const userName = (key: string): string => {
  if (EXPLICIT.test(key)) return key
  return key.includes('@') ? `email:${key}` : `user:${key}`
}

/** A group without its leading slash: Keycloak writes `/admins` or `admins` by a mapper's setting. */
export const groupName = (group: string): string => (group.startsWith('/') ? group.slice(1) : group)
