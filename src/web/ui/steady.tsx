import { Component, type ComponentType, type VNode } from 'preact';

/**
 * The component, drawn anew by what is drawn around it only when a property is another one, by `Object.is`. What it
 * watches itself counts as ever. A drawing that is kept by hand and given again would keep alive what once stood around it.
 */
export function steady<Props extends object>(Inner: ComponentType<Props>): ComponentType<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      for (const name in next) {
        if (!Object.is(next[name], this.props[name as keyof Props])) return true;
      }
      return false;
    }

    render(): VNode {
      return <Inner {...(this.props as Props)} />;
    }
  };
}
