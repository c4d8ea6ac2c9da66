export { type Door, readDoor } from './door.ts';
export { dashboardAddress, makeLink, noteAddress, useLink } from './link.ts';
export { isPassword } from './passwords.ts';
export {
  bearerOf,
  isUserName,
  makeToken,
  makeUser,
  opensMetrics,
  type Rights,
  readUsers,
  showsMetricsToken,
  USER_NAME_ALLOWED,
  USER_ROLES,
  type User,
  type UserRole,
  UsersFileError,
  writeUsers,
} from './users.ts';
