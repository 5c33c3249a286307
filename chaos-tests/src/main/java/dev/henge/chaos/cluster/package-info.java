/** Hosts with real servers on a real network, to be broken from outside: by namespaces, or by containers. */
package dev.henge.chaos.cluster;
