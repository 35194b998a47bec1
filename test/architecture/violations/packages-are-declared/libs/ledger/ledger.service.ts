import Ajv from 'ajv';

export const ajv = Ajv;
