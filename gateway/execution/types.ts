import {
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

/** Whether an object of the type `name` is one of the type `condition`; an interface counts as one of those that it implements. */
export function isOfType(schema: GraphQLSchema, name: string, condition: string): boolean {
  if (name === condition) return true;
  const type = schema.getType(name);
  const wanted = schema.getType(condition);
  return isAbstractType(wanted) && (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(wanted, type);
}

/** An object type alone; an interface with all that implement it; none for others. */
export function withImplementations(type: GraphQLNamedType | undefined, schema: GraphQLSchema): (GraphQLObjectType | GraphQLInterfaceType)[] {
  if (isObjectType(type)) return [type];
  return isInterfaceType(type) ? [type, ...schema.getImplementations(type).objects, ...schema.getImplementations(type).interfaces] : [];
}
