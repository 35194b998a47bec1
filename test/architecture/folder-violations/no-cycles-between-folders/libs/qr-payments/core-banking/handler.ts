export { notify } from '../notify/payload.js';
