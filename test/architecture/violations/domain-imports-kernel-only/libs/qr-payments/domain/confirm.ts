import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Database } from '../../platform/index.js';
import { Payments } from '../payments.service.js';

export const impure: [Database | null, unknown] = [null, [randomUUID, Injectable, Payments]];
