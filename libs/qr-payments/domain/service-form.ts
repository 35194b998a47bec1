/** The form of a Custom payment, as the PS sent it with the scan. Source: regulation 4.1 (paymentData). */
export interface ServiceForm {
  readonly id: number;
  readonly name: string;
  readonly parameters: readonly ServiceParameter[];
}

export interface ServiceParameter {
  readonly id: number;
  readonly name: string;
  /** Filled in by the PS, which gets it back unchanged; null if the customer fills it in. */
  readonly value: string | null;
  /** If there are any, the value is the key of one of them. */
  readonly options: readonly ServiceOption[];
}

export interface ServiceOption {
  readonly key: string;
  readonly label: string;
  readonly description: string | null;
}

/** The value of a parameter. */
export interface FormValue {
  readonly id: number;
  readonly value: string;
}

/** The form with the customer's values; the PS's values for the other parameters. */
export function filledIn(form: ServiceForm, values: readonly FormValue[] | null): ServiceForm {
  if (values === null) return form;
  const given = new Map(values.map(({ id, value }) => [id, value]));
  return { ...form, parameters: form.parameters.map((p) => ({ ...p, value: given.get(p.id) ?? p.value })) };
}
