import Header, { type HeaderProps } from '@cloudscape-design/components/header';
import { type ReactNode, useEffect } from 'react';

interface PageTitleProps extends Pick<HeaderProps, 'actions' | 'counter' | 'description'> {
  readonly title: string;
  readonly info?: ReactNode;
}

/** The heading of a page; the tab is named after it. */
export function PageTitle({ title, actions, counter, description, info }: PageTitleProps) {
  useEffect(() => {
    document.title = `${title} · Driftless`;
  }, [title]);
  return (
    <Header variant="h1" actions={actions} counter={counter} description={description} info={info}>
      <span className="breakable">{title}</span>
    </Header>
  );
}
