package dev.henge.ring.repair;

import dev.henge.ring.replica.Replicas;
import java.util.function.BiConsumer;

/** What comparisons with other owners, and the scrub, have found of a vnode: for HENGE.VNODE. */
public final class ComparisonDetail implements Replicas.Detail {

  private final AntiEntropy antiEntropy;

  public ComparisonDetail(AntiEntropy antiEntropy) {
    this.antiEntropy = antiEntropy;
  }

  @Override
  public void tell(int vnode, BiConsumer<String, Object> figure) {
    AntiEntropy.VnodeFigures figures = antiEntropy.figures(vnode);
    if (figures != null) {
      figure.accept("compared-seconds-ago", figures.comparedSecondsAgo());
      figure.accept("keys-found-different", figures.keysDiffering());
      figure.accept("rows-repaired", figures.rowsRepaired());
      figure.accept("scrubbed-seconds-ago", figures.scrubbedSecondsAgo());
      figure.accept("tree-root", figures.treeKnown() ? Long.toHexString(figures.root()) : "unknown");
    }
  }
}
