package dev.henge.node;

import dev.henge.resp.command.CommandBinder;
import dev.henge.resp.command.CommandIntrospection;
import dev.henge.resp.command.CommandRow;
import dev.henge.resp.command.CommandTable;
import dev.henge.resp.command.Families;
import dev.henge.resp.session.Backups;
import dev.henge.resp.session.ClientCommands;
import dev.henge.resp.session.ClusterAdminCommands;
import dev.henge.resp.session.ClusterCommands;
import dev.henge.resp.session.ConnectionCommands;
import dev.henge.resp.session.Frontend;
import dev.henge.resp.session.HengeCommands;
import dev.henge.resp.session.InsightCommands;
import dev.henge.resp.session.NodeView;
import dev.henge.resp.session.RingAdmin;
import dev.henge.resp.session.RingCommands;
import dev.henge.resp.session.ServerCommand;
import dev.henge.resp.session.ServerCommands;
import dev.henge.resp.session.SessionCommands;
import dev.henge.ring.placement.HashSlot;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Puts everything that executes commands behind the one table of commands. */
final class Commands {

  private Commands() {}

  /** @param stop ends the node; for SHUTDOWN */
  static void bind(CommandTable<Object> table, Frontend frontend, NodeView view, RingAdmin admin, Backups backups, int vnodes,
      Runnable stop, RandomGenerator random) {
    CommandBinder binder = (name, command) -> {
      if (name.startsWith("HENGE.")) {
        table.add(internal(name));
      }
      table.bind(name, command);
    };
    Families.registerAll(binder, () -> view.config().current().protoMaxBulkLenBytes());
    Families.registerInternal(binder);
    CommandIntrospection<Object> introspection = new CommandIntrospection<>(table);
    ClientCommands.declare(table);
    HengeCommands.declare(table);
    InsightCommands.declare(table);
    ClusterAdminCommands.declare(table);
    ConnectionCommands.register(table::bind, view);
    ClusterCommands.register(table::bind, view);
    ServerCommands.register(table::bind, view, introspection, OwnProcess::read);
    new RingCommands(frontend, vnodes, HashSlot.COUNT / vnodes, random).register(table::bind);
    HengeCommands.register(table::bind, backups);
    SessionCommands.register(table::bind, frontend, view);
    InsightCommands.register(table::bind, frontend);
    ClusterAdminCommands.register(table::bind, admin, view);
    ServerCommand shutdown = (client, request, out) -> {
      client.closing = true;
      stop.run();
    };
    table.bind("SHUTDOWN", shutdown);
  }

  /** A command that nodes send each other: one key, not for clients to rely on. */
  private static CommandRow internal(String name) {
    boolean writes = Set.of("HENGE.RESTORE", "HENGE.LGIVE", "HENGE.LTAKE").contains(name);
    String flags = writes ? "write" : name.equals("HENGE.ROOM") ? "readonly,denyoom" : "readonly";
    String spec = (writes ? "RW+access+update" : "RO+access")
        + ";index(index=1);range(lastkey=0,keystep=1,limit=0)";
    return CommandRow.parse(name + "\t\tno\t" + (writes ? "-3" : "-2") + "\t" + flags
        + "\t1\t1\t1\t" + spec + "\t7.0.0\tgeneric\tO(N)\t\t\t\t\t");
  }
}
