import { Module } from '@nestjs/common';
import { Alerts } from './alerts.js';
import { AlertsController } from './http/alerts.controller.js';

@Module({ providers: [Alerts], exports: [Alerts] })
export class AlertsModule {}

/** The list of alerts, for the operator API. */
@Module({ imports: [AlertsModule], controllers: [AlertsController] })
export class AlertsHttpModule {}
