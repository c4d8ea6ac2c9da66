const urlUserInfo = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/"']*):[^\s/"']*@/gi;
const passwordParameter = /([?&][a-z_]*pass[a-z_]*=)[^&\s"']*/gi;

/**
 * The text with the password of every URL in it replaced by `***` (`postgres://user:***@host/db`), also those in
 * a query parameter.
 */
export function hideSecrets(text: string): string {
  return text.replace(urlUserInfo, '$1:***@').replace(passwordParameter, '$1***');
}
