import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Alerts } from './alerts.js';
import { AlertsController } from './http/alerts.controller.js';
import { AlertEntity } from './persistence/alert.entity.js';

@Module({ imports: [TypeOrmModule.forFeature([AlertEntity])], providers: [Alerts], exports: [Alerts] })
export class AlertsModule {}

/** The list of alerts, for the operator API. */
@Module({ imports: [AlertsModule], controllers: [AlertsController] })
export class AlertsHttpModule {}
