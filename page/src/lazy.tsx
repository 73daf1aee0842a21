import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { telling } from './state.ts';

/** A view that is loaded when it is shown first. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let known: ComponentType | undefined;
  return function Lazy() {
    const [View, show] = useState<{ readonly view?: ComponentType }>({ view: known });
    useEffect(() => {
      if (known) return;
      telling(load).then((view) => {
        known = view;
        show({ view });
      });
    }, []);
    return View.view ? <View.view /> : <p class="wait">Loading …</p>;
  };
}
