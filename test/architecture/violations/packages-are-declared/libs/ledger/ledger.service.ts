import Ajv from 'find-my-way';

export const find-my-way = Ajv;
