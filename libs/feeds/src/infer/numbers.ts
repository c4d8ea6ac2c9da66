/** What a number looks like. */
export interface NumberLook {
  /**
   * `whole`, `mark X` with a decimal mark, `group X` or `group X mark Y` with a separator of thousands. `either X`: the mark stands
   * before three digits, and could be both.
   */
  readonly shape: string;
  /** Digits before and after the decimal mark; of an `either`, as if it were a group. */
  readonly before: number;
  readonly after: number;
}

/** How a column of numbers is read, or what must be asked first. */
export interface NumberStyle {
  readonly type: 'integer' | 'number';
  readonly decimalChar: string;
  readonly groupChar: string | null;
  readonly digits: readonly [before: number, after: number];
  /** A mark of which nobody can say whether it separates thousands or decimals. */
  readonly unclear: string | null;
  /** The shapes that it reads. */
  readonly shapes: readonly string[];
  /** How many values it reads. */
  readonly fits: number;
}

/** What was counted of one shape. */
export interface NumberCount {
  readonly count: number;
  readonly before: number;
  readonly after: number;
}

const GROUPS = ['.', ',', ' ', '\u00a0', '\u202f', "'", '\u2019'];
const ONE_MARK = /^(\d+)([.,])(\d+)$/;
const GROUPED = /^\d{1,3}(?:([.,' \u00a0\u202f\u2019])\d{3})(?:\1\d{3})*(?:([.,])(\d+))?$/;

/** Looks at a value as a number. Undefined: it is none. */
export function numberLook(text: string): NumberLook | undefined {
  const digits = text.startsWith('-') ? text.slice(1) : text;
  if (/^\d+$/.test(digits)) return { shape: 'whole', before: digits.length, after: 0 };
  const [one, before = '', mark = '', after = ''] = ONE_MARK.exec(digits) ?? [];
  if (one !== undefined) {
    const either = after.length === 3 && before.length <= 3 && !before.startsWith('0');
    if (either) return { shape: `either ${mark}`, before: before.length + 3, after: 3 };
    return { shape: `mark ${mark}`, before: before.length, after: after.length };
  }
  const [all, group = '', decimal, fraction = ''] = GROUPED.exec(digits) ?? [];
  if (all === undefined || group === decimal || digits.startsWith('0')) return undefined;
  const whole = (decimal === undefined ? digits : digits.slice(0, digits.lastIndexOf(decimal))).replace(
    /\D/g,
    '',
  );
  const shape = decimal === undefined ? `group ${group}` : `group ${group} mark ${decimal}`;
  return { shape, before: whole.length, after: fraction.length };
}

/**
 * Chooses the marks that read the most values.
 *
 * @param elsewhere the decimal mark that the other columns of the file show; undefined when they show none, or both
 */
export function numberStyle(
  looks: ReadonlyMap<string, NumberCount>,
  elsewhere: string | undefined,
): NumberStyle | undefined {
  if (looks.size === 0) return undefined;
  const styles = ['.', ','].flatMap((decimalChar) =>
    [null, ...GROUPS]
      .filter((group) => group !== decimalChar)
      .map((group) => read(looks, decimalChar, group)),
  );
  const most = Math.max(...styles.map(({ fits }) => fits));
  const best = styles.filter(({ fits }) => fits === most);
  const simplest = best[0];
  const mark = ['.', ','].find((one) => looks.has(`either ${one}`));
  if (simplest === undefined || mark === undefined) return simplest;
  const asDecimal = best.find(({ decimalChar }) => decimalChar === mark);
  const asGroup = best.find(({ groupChar }) => groupChar === mark);
  if (asDecimal === undefined || asGroup === undefined) return asDecimal ?? asGroup ?? simplest;
  // A writer who separates thousands does so in every number of that size.
  const ungrouped = (looks.get('whole')?.before ?? 0) > 3;
  if (ungrouped || elsewhere === mark) return asDecimal;
  if (elsewhere !== undefined) return asGroup;
  const digits = [asGroup.digits[0], asDecimal.digits[1]] as const;
  return { ...asDecimal, groupChar: null, digits, unclear: mark };
}

function read(
  looks: ReadonlyMap<string, NumberCount>,
  decimalChar: string,
  groupChar: string | null,
): NumberStyle {
  let [fits, before, after] = [0, 0, 0];
  const shapes: string[] = [];
  for (const [shape, look] of looks) {
    const asDecimal = shape === `either ${decimalChar}`;
    const asGroup = shape === `either ${groupChar}` || shape === `group ${groupChar}`;
    const clear = shape === 'whole' || shape === `mark ${decimalChar}`;
    if (!clear && !asDecimal && !asGroup && shape !== `group ${groupChar} mark ${decimalChar}`) continue;
    shapes.push(shape);
    fits += look.count;
    before = Math.max(before, asDecimal ? look.before - 3 : look.before);
    after = Math.max(after, asGroup ? 0 : look.after);
  }
  const grouped = shapes.some((shape) => shape.startsWith('group') || shape === `either ${groupChar}`);
  return {
    type: after > 0 ? 'number' : 'integer',
    decimalChar,
    groupChar: grouped ? groupChar : null,
    digits: [before, after],
    unclear: null,
    shapes,
    fits,
  };
}
