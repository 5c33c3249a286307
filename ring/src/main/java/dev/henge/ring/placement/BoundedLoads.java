package dev.henge.ring.placement;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** WORK IN PROGRESS essay. */
final class BoundedLoads {
    private final int[][] walks;
    private final int[] zoneOf;
    private final int zones;
    private final double[] weights;
    private final int vnodes;
    private final int copies;
    private final double slack;
    static int variant = Integer.getInteger("variant", 0);
    static int repairs;

    BoundedLoads(List<NodeState> nodes, RingSettings settings, int[][] walks) {
        this.walks = walks;
        vnodes = settings.vnodes();
        copies = Math.min(settings.replicas(), nodes.size());
        slack = 1 + settings.epsilonPermille() / 1000.0;
        Map<String, Integer> zoneIndexes = new LinkedHashMap<>();
        zoneOf = new int[nodes.size()];
        weights = new double[nodes.size()];
        for (int n = 0; n < zoneOf.length; n++) {
            zoneOf[n] = zoneIndexes.computeIfAbsent(nodes.get(n).zone(), z -> zoneIndexes.size());
            weights[n] = nodes.get(n).weight();
        }
        zones = zoneIndexes.size();
    }

    int[][] owners() {
        int[][] owners = new int[vnodes][copies];
        for (int[] o : owners) {
            Arrays.fill(o, -1);
        }
        if (copies == 0) {
            return owners;
        }
        double total = Arrays.stream(weights).sum();
        int n = weights.length;
        int[] capP = new int[n];
        int[] capR = new int[n];
        for (int i = 0; i < n; i++) {
            capP[i] = (int) Math.ceil(slack * vnodes * weights[i] / total);
            capR[i] = (int) Math.min(vnodes, Math.ceil(slack * vnodes * copies * weights[i] / total));
        }
        int[] load = new int[n];
        if (variant == 0 || variant == 1) {
            int[] pl = new int[n];
            for (int v = 0; v < vnodes; v++) {
                for (int node : walks[v]) {
                    if (pl[node] < capP[node]) {
                        pl[node]++;
                        load[node]++;
                        owners[v][0] = node;
                        break;
                    }
                }
            }
            if (variant == 0) {
                for (int v = 0; v < vnodes; v++) {
                    for (int r = 1; r < copies; r++) {
                        place(owners, v, r, load, capR);
                    }
                }
            } else {
                for (int r = 1; r < copies; r++) {
                    for (int v = 0; v < vnodes; v++) {
                        place(owners, v, r, load, capR);
                    }
                }
            }
        } else if (variant == 2) {
            for (int v = 0; v < vnodes; v++) {
                for (int r = 0; r < copies; r++) {
                    place(owners, v, r, load, capR);
                }
            }
        } else if (variant == 3) {
            for (int r = 0; r < copies; r++) {
                for (int v = 0; v < vnodes; v++) {
                    place(owners, v, r, load, capR);
                }
            }
        }
        return owners;
    }

    private void place(int[][] owners, int v, int r, int[] load, int[] cap) {
        for (int node : walks[v]) {
            boolean has = false;
            for (int i = 0; i < r; i++) {
                has |= owners[v][i] == node;
            }
            if (!has && load[node] < cap[node]) {
                load[node]++;
                owners[v][r] = node;
                return;
            }
        }
        repairs++;
        for (int node : walks[v]) {
            boolean has = false;
            for (int i = 0; i < r; i++) {
                has |= owners[v][i] == node;
            }
            if (!has) {
                load[node]++;
                owners[v][r] = node;
                return;
            }
        }
    }
}
