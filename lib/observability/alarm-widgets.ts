import { AlarmStatusWidget, type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';

/** CloudWatch refuses a dashboard with more in one widget, and there are three for each provider. */
const ALARMS_IN_A_WIDGET = 100;

/** The state of every alarm, at a glance. */
export function alarmWidgets(alarms: readonly IAlarm[]): readonly AlarmStatusWidget[] {
  const widgets: AlarmStatusWidget[] = [];
  for (let from = 0; from < alarms.length; from += ALARMS_IN_A_WIDGET) {
    const some = alarms.slice(from, from + ALARMS_IN_A_WIDGET);
    widgets.push(new AlarmStatusWidget({ title: 'Alarms', alarms: some, width: 24, height: 6 }));
  }
  return widgets;
}
