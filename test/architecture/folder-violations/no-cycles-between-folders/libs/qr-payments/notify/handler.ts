export { request } from '../core-banking/requests.js';
