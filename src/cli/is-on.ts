/** Whether a variable of the environment switches something on: any value but none, `0` and `false`. */
export const isOn = (value: string | undefined): boolean =>
  value !== undefined && !['', '0', 'false'].includes(value.toLowerCase())
