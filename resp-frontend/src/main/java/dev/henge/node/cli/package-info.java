/**
 * The operator's commands behind {@code ./henge}.
 *
 * <ul>
 * <li>{@link dev.henge.node.cli.Shell}: the root of the commands, and how errors become one line and a status</li>
 * <li>{@code NodeCommand}: one node in the foreground</li>
 * <li>{@code UpCommand}, {@code DownCommand}, {@code StatusCommand}: a ring of nodes on this machine</li>
 * <li>{@code BenchCommand}: Henge beside redis-server, measured</li>
 * <li>{@code RingDirectory}, {@code NodeDirectory}: what lies where, and who holds it</li>
 * <li>{@code NodeView}: what one node says of itself and of the ring</li>
 * <li>{@code Ports}: whether a port is free, and who has it</li>
 * </ul>
 */
package dev.henge.node.cli;
