import type { Tool } from '../tool.ts'
import { add } from './add.ts'
import { deleteUser } from './delete-user.ts'
import { echo } from './echo.ts'
import { flaky } from './flaky.ts'
import { getUser } from './get-user.ts'
import { searchDocs } from './search-docs.ts'
import { sendEmail } from './send-email.ts'
import { slow } from './slow.ts'

/** Every tool, in the order that `tools/list` keeps. */
export const TOOLS: readonly Tool[] = [
  echo,
  add,
  getUser,
  searchDocs,
  sendEmail,
  slow,
  flaky,
  deleteUser,
]
