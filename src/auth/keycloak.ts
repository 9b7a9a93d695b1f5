/** Keycloak's issuer for a realm: the default of JWT_ISSUER. Trailing slashes of `url` do not matter. */
export const keycloakIssuer = (url: string, realm: string): string =>
  `${url.replace(/\/+$/, '')}/realms/${encodeURIComponent(realm)}`

/** Where Keycloak publishes a realm's keys, for when discovery does not answer. */
export const keycloakCertsUrl = (url: string, realm: string): string =>
  `${keycloakIssuer(url, realm)}/protocol/openid-connect/certs`

/** True for an issuer that looks like a realm of Keycloak, as JWT_ISSUER may name one directly. */
export const isKeycloakIssuer = (issuer: string): boolean =>
  /^[^?#]*\/realms\/[^/?#]+$/.test(issuer)
