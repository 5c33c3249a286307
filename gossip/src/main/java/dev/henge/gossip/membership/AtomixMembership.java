package dev.henge.gossip.membership;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Membership by SWIM, as atomix-cluster does it, with the library's faults worked around.
 *
 * <p><b>SWIM</b> (Das, Gupta, Motivala: "SWIM: Scalable Weakly-consistent Infection-style Process Group Membership
 * Protocol", DSN 2002) separates finding out from telling.
 * <ol>
 * <li><i>Finding out.</i> Every probe interval each member probes one other, round robin over a shuffled list, so
 *     that a crash is found within one round by somebody and the load on each does not grow with the cluster.
 *     (The library probes over TCP: a dead process' port refuses, which is faster than any time-out.)</li>
 * <li><i>Asking around.</i> A failed probe is repeated by a few others on request, so that one bad link does not
 *     accuse a healthy member.</li>
 * <li><i>Suspicion.</i> If these fail too, the member is SUSPECT and stays in the round. It can dispute: whoever hears
 *     itself accused raises its <i>incarnation</i> number and says it is alive. For the same member a higher
 *     incarnation wins; within one, SUSPECT beats ALIVE and DEAD beats both. A suspect that says nothing for the
 *     failure time-out is DEAD and dropped.</li>
 * <li><i>Telling.</i> News ride on gossip: to a few random members every gossip interval, here also at once to all,
 *     which at our sizes (tens) costs little.</li>
 * </ol>
 * The time to find a crash of one of n is at most (n-1) probe intervals for each survivor and the least of their n-1
 * phases for all of them. A frozen process takes a probe time-out more, and twice that again for asking around.
 *
 * <p><b>What is taken from it</b> is liveness and the static properties, nothing else: its gossip is not
 * authenticated.
 *
 * <p><b>Split for good?</b> The dead leave SWIM's lists, so that after a partition longer than the failure time-out
 * nobody would ever look for the other side. Here every peer ever met stays on disk and is
 * {@linkplain PeerDiscovery#offer offered} for ever, a few every probe interval.
 *
 * <p><b>Threads.</b> {@code henge-membership} owns the view, the peers file and all calls of listeners;
 * {@code henge-offers} dials the absent; {@code henge-resolver} waits for name servers. Reads see an immutable
 * snapshot that is replaced before listeners hear of it.
 */
public final class AtomixMembership implements Membership {
    /** How often the view is compared with SWIM's even without an event. */
    static final long RECONCILE_INTERVAL_MILLIS = 1_000;
    /** The most absent peers dialled in one probe interval; more wait for the next ones, in turn. */
    static final int OFFERS_PER_INTERVAL_MAX = 8;
    /** Requests that may wait for a name server before further ones fail. */
    static final int RESOLVES_QUEUED_MAX = 256;
    /** The most members of other clusters that are remembered as already logged. */
    static final int FOREIGN_LOGGED_MAX = 256;
    /** How long {@link #close} waits for the library's threads. */
    static final long CLOSE_WAIT_MILLIS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(AtomixMembership.class);

    private final MembershipConfig config;
    private final Member self;
    private final PeersFile peersFile;
    private final SwimCluster cluster;
    private final PeerDiscovery discovery;
    private final ThreadPoolExecutor resolver;
    private final ScheduledExecutorService reporter = thread("henge-membership");
    private final ScheduledExecutorService offers = thread("henge-offers");
    private final List<Consumer<MembershipEvent>> listeners = new CopyOnWriteArrayList<>();
    private final AtomicBoolean reconcileQueued = new AtomicBoolean();
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    // Only on the henge-membership thread once started.
    private final MembershipView view;
    private final Set<String> foreignLogged = new HashSet<>();
    private boolean unsaved;

    // Only on the henge-offers thread.
    private int offerCursor;

    private volatile Map<String, MembershipView.Entry> published = Map.of();

    /** A membership on real sockets and threads; nothing happens before {@link #start}. */
    public AtomixMembership(MembershipConfig config) {
        this(config, (host, port) -> true, LOG::warn);
    }

    AtomixMembership(MembershipConfig config, Wire.Gate gate, Consumer<String> warnings) {
        this.config = config;
        Map<String, String> properties = new HashMap<>(config.properties());
        properties.put(Member.CLUSTER, config.clusterName());
        properties.put(Member.BOOT_EPOCH, Long.toString(config.bootEpoch()));
        this.self = new Member(config.id(), config.announceHost(), config.gossipPort(), properties);
        this.peersFile = new PeersFile(config.peersFile());
        this.view = new MembershipView(config.id());
        this.discovery = new PeerDiscovery(this::listed);
        this.resolver = new ThreadPoolExecutor(2, 2, 1, TimeUnit.MINUTES,
                new LinkedBlockingQueue<>(RESOLVES_QUEUED_MAX), task -> daemon(task, "henge-resolver"));
        this.resolver.allowCoreThreadTimeOut(true);
        this.cluster = SwimCluster.create(config, self, discovery,
                new Wire(System::nanoTime, resolver, gate, warnings));
    }

    private static ScheduledExecutorService thread(String name) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> daemon(task, name));
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        return executor;
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void start() {
        if (!started.compareAndSet(false, true) || closed.get()) {
            throw new IllegalStateException("a membership starts once");
        }
        try {
            view.remember(peersFile.load());
        } catch (IOException e) {
            close();
            throw new UncheckedIOException("the peers file cannot be read: " + e.getMessage(), e);
        }
        published = view.snapshot();
        cluster.getMembershipService().addListener(event -> reconcileSoon());
        try {
            cluster.start().join();
        } catch (CompletionException e) {
            close();
            throw new UncheckedIOException(new IOException("gossip cannot listen on " + config.bindHost() + ":"
                    + config.gossipPort() + ": " + e.getCause().getMessage(), e.getCause()));
        }
        reporter.scheduleWithFixedDelay(this::reconcile, 0, RECONCILE_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        offers.scheduleWithFixedDelay(this::offerSome, 0, config.probeInterval().toMillis(), TimeUnit.MILLISECONDS);
    }

    // ---- from SWIM to the view -------------------------------------------------------------------------------

    private void reconcileSoon() {
        if (reconcileQueued.compareAndSet(false, true)) {
            try {
                reporter.execute(this::reconcile);
            } catch (RejectedExecutionException e) {
                LOG.trace("closed while an event was under way", e);
            }
        }
    }

    private void reconcile() {
        reconcileQueued.set(false);
        try {
            List<MembershipEvent> events = view.observe(sightings());
            published = view.snapshot();
            events.forEach(this::tell);
            save();
        } catch (RuntimeException e) {
            LOG.error("the membership could not be brought up to date", e);
        }
    }

    private Collection<MembershipView.Entry> sightings() {
        List<MembershipView.Entry> seen = new ArrayList<>();
        for (io.atomix.cluster.Member swim : cluster.getMembershipService().getMembers()) {
            boolean reachable = swim.isReachable();
            ours(swim).ifPresent(member -> seen.add(
                    new MembershipView.Entry(member, reachable ? Liveness.ALIVE : Liveness.SUSPECT)));
        }
        return seen;
    }

    private Optional<Member> ours(io.atomix.cluster.Member swim) {
        String text = swim.properties().getProperty(SwimCluster.PROPERTY, "");
        try {
            Member member = new Member(swim.id().id(), swim.address().host(), swim.address().port(),
                    MemberText.decode(text));
            if (member.property(Member.CLUSTER).equals(config.clusterName())) {
                return Optional.of(member);
            }
        } catch (IllegalArgumentException e) {
            LOG.debug("the properties of {} cannot be read", swim.id(), e);
        }
        if (foreignLogged.size() < FOREIGN_LOGGED_MAX && foreignLogged.add(swim.id().id())) {
            LOG.warn("member {} at {} is not of cluster {}: ignored", swim.id(), swim.address(), config.clusterName());
        }
        return Optional.empty();
    }

    private void tell(MembershipEvent event) {
        LOG.debug("{} was {} and is {}", event.member().id(), event.before(), event.after());
        for (Consumer<MembershipEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                LOG.error("a membership listener failed on {}", event, e);
            }
        }
    }

    private void save() {
        boolean changed = view.takeRosterChange();
        if (!changed && !unsaved) {
            return;
        }
        try {
            peersFile.save(published.values().stream().map(MembershipView.Entry::member).toList());
            unsaved = false;
        } catch (IOException e) {
            if (!unsaved) {
                LOG.error("the peers cannot be written to {}; tried again until it works", config.peersFile(), e);
            }
            unsaved = true;
        }
    }

    // ---- from the peers ever met to SWIM ---------------------------------------------------------------------

    private Set<PeerDiscovery.Target> listed() {
        boolean alone = published.values().stream().noneMatch(entry -> entry.liveness() != Liveness.DEAD);
        return alone ? new HashSet<>(absent()) : Set.of();
    }

    /** All who are not in SWIM's round: the dead, and seeds that are nobody's known address. */
    private List<PeerDiscovery.Target> absent() {
        Set<HostPort> known = new HashSet<>();
        known.add(self.address());
        Set<PeerDiscovery.Target> absent = new LinkedHashSet<>();
        for (MembershipView.Entry entry : published.values()) {
            HostPort address = entry.member().address();
            known.add(address);
            if (entry.liveness() == Liveness.DEAD) {
                absent.add(new PeerDiscovery.Target(entry.member().id(), address));
            }
        }
        for (HostPort seed : config.seeds()) {
            if (!known.contains(seed)) {
                absent.add(new PeerDiscovery.Target(seed.toString(), seed));
            }
        }
        return List.copyOf(absent);
    }

    private void offerSome() {
        try {
            List<PeerDiscovery.Target> absent = absent();
            int count = Math.min(OFFERS_PER_INTERVAL_MAX, absent.size());
            for (int i = 0; i < count; i++) {
                discovery.offer(absent.get(Math.floorMod(offerCursor++, absent.size())));
            }
        } catch (RuntimeException e) {
            LOG.error("absent peers could not be offered", e);
        }
    }

    // ---- reads -----------------------------------------------------------------------------------------------

    @Override
    public Member self() {
        return self;
    }

    @Override
    public Collection<Member> members() {
        List<Member> members = new ArrayList<>();
        members.add(self);
        published.values().forEach(entry -> members.add(entry.member()));
        return List.copyOf(members);
    }

    @Override
    public Liveness liveness(String id) {
        if (id.equals(self.id())) {
            return started.get() && !closed.get() ? Liveness.ALIVE : Liveness.DEAD;
        }
        MembershipView.Entry entry = published.get(id);
        return entry == null ? Liveness.DEAD : entry.liveness();
    }

    @Override
    public void listen(Consumer<MembershipEvent> listener) {
        listeners.add(listener);
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        offers.shutdown();
        // Not interrupted: an interrupt would tear the peers file's channel in the middle of a save.
        reporter.shutdown();
        try {
            reporter.awaitTermination(CLOSE_WAIT_MILLIS, TimeUnit.MILLISECONDS);
            cluster.stop().get(CLOSE_WAIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("gossip did not stop in order", e);
        }
        resolver.shutdownNow();
    }
}
