import { Kind, type OperationDefinitionNode, type ValueNode } from 'graphql';

/**
 * Works something out about an operation once: for as long as Apollo Server remembers a document, the same node stands for its operation.
 * What decides it besides (the document, schema, rules) is compared, and where it is not the same the work is done again.
 */
export function perOperation<Others extends readonly object[], Made>(
  work: (operation: OperationDefinitionNode, ...others: Others) => Made,
): (operation: OperationDefinitionNode, ...others: Others) => Made {
  const known = new WeakMap<OperationDefinitionNode, { readonly others: Others; readonly made: Made }>();
  return (operation, ...others) => {
    const found = known.get(operation);
    if (found?.others.every((other, index) => other === others[index])) return found.made;
    const made = work(operation, ...others);
    known.set(operation, { others, made });
    return made;
  };
}

/** Whether a variable stands in the value, so that what it is cannot be told of the operation alone. */
export function hasVariables(value: ValueNode): boolean {
  switch (value.kind) {
    case Kind.VARIABLE:
      return true;
    case Kind.LIST:
      return value.values.some(hasVariables);
    case Kind.OBJECT:
      return value.fields.some((field) => hasVariables(field.value));
    default:
      return false;
  }
}
