/*
 * Holds packets back: delay QUEUE ADDRESS=MILLIS... takes what the kernel puts into the queue (NFQUEUE, nfnetlink) and
 * lets each go so many milliseconds later, by the IPv4 address that it came from. SIGTERM, or the end of its standard
 * input, lets all go and ends it: so it ends with the one who started it, however that one ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/netlink.h>
#include <time.h>
#include <unistd.h>

#define HELD_MAX 65536
#define SOURCES_MAX 64
#define COPIED 64

struct held {
  uint32_t id;
  int64_t due;
};

static struct held held[HELD_MAX]; /* a heap by due */
static int held_count;
static struct in_addr sources[SOURCES_MAX];
static int64_t delays[SOURCES_MAX];
static int source_count;
static int netlink;
static uint16_t queue;
static volatile sig_atomic_t ending;

static void end(int signal) {
  (void) signal;
  ending = 1;
}

static void fail(const char *what) {
  fprintf(stderr, "delay: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now_nanos(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void tell(uint16_t type, uint8_t family, uint16_t attribute, const void *value, uint16_t size, int acknowledge) {
  struct {
    struct nlmsghdr header;
    struct nfgenmsg family;
    struct nlattr attribute;
    char value[16];
  } message = {0};
  message.header.nlmsg_len = NLMSG_LENGTH(sizeof message.family) + NLA_ALIGN(sizeof message.attribute + size);
  message.header.nlmsg_type = (NFNL_SUBSYS_QUEUE << 8) | type;
  message.header.nlmsg_flags = NLM_F_REQUEST | (acknowledge ? NLM_F_ACK : 0);
  message.family.nfgen_family = family;
  message.family.version = NFNETLINK_V0;
  message.family.res_id = htons(queue);
  message.attribute.nla_len = sizeof message.attribute + size;
  message.attribute.nla_type = attribute;
  memcpy(message.value, value, size);
  if (send(netlink, &message, message.header.nlmsg_len, 0) < 0) fail("send");
  if (!acknowledge) return;
  char reply[4096];
  if (recv(netlink, reply, sizeof reply, 0) < 0) fail("recv");
  struct nlmsghdr *header = (struct nlmsghdr *) reply;
  if (header->nlmsg_type == NLMSG_ERROR) {
    errno = -((struct nlmsgerr *) NLMSG_DATA(header))->error;
    if (errno != 0) fail("the kernel refuses");
  }
}

static void let_go(uint32_t id) {
  struct nfqnl_msg_verdict_hdr verdict = {htonl(NF_ACCEPT), id};
  tell(NFQNL_MSG_VERDICT, AF_UNSPEC, NFQA_VERDICT_HDR, &verdict, sizeof verdict, 0);
}

static void hold(uint32_t id, int64_t due) {
  if (held_count == HELD_MAX) {
    let_go(id);
    return;
  }
  int at = held_count++;
  while (at > 0 && held[(at - 1) / 2].due > due) {
    held[at] = held[(at - 1) / 2];
    at = (at - 1) / 2;
  }
  held[at] = (struct held) {id, due};
}

static uint32_t take_first(void) {
  uint32_t first = held[0].id;
  struct held last = held[--held_count];
  int at = 0;
  for (int child = 1; child < held_count; child = 2 * at + 1) {
    if (child + 1 < held_count && held[child + 1].due < held[child].due) child++;
    if (held[child].due >= last.due) break;
    held[at] = held[child];
    at = child;
  }
  held[at] = last;
  return first;
}

static int64_t delay_of(const unsigned char *packet, int size) {
  struct in_addr from;
  if (size < 20) return 0;
  memcpy(&from, packet + 12, 4);
  for (int i = 0; i < source_count; i++) {
    if (sources[i].s_addr == from.s_addr) return delays[i];
  }
  return 0;
}

static void packet(struct nlmsghdr *header) {
  int left = header->nlmsg_len - NLMSG_LENGTH(sizeof(struct nfgenmsg));
  struct nlattr *attribute = (struct nlattr *) ((char *) NLMSG_DATA(header) + sizeof(struct nfgenmsg));
  uint32_t id = 0;
  int64_t delay = 0;
  while (left >= (int) sizeof *attribute && attribute->nla_len >= sizeof *attribute) {
    void *value = (char *) attribute + sizeof *attribute;
    int type = attribute->nla_type & NLA_TYPE_MASK;
    if (type == NFQA_PACKET_HDR) memcpy(&id, value, sizeof id); /* the id stays in the network's order */
    if (type == NFQA_PAYLOAD) delay = delay_of(value, attribute->nla_len - sizeof *attribute);
    left -= NLA_ALIGN(attribute->nla_len);
    attribute = (struct nlattr *) ((char *) attribute + NLA_ALIGN(attribute->nla_len));
  }
  hold(id, now_nanos() + delay);
}

int main(int count, char **words) {
  if (count < 3) {
    fprintf(stderr, "usage: delay QUEUE ADDRESS=MILLIS...\n");
    return 2;
  }
  queue = (uint16_t) atoi(words[1]);
  for (int i = 2; i < count && source_count < SOURCES_MAX; i++) {
    char *equals = strchr(words[i], '=');
    if (equals == NULL) {
      fprintf(stderr, "delay: %s is not ADDRESS=MILLIS\n", words[i]);
      return 2;
    }
    *equals = 0;
    if (inet_pton(AF_INET, words[i], &sources[source_count]) != 1) {
      fprintf(stderr, "delay: %s is not an IPv4 address\n", words[i]);
      return 2;
    }
    delays[source_count++] = atoll(equals + 1) * 1000000LL;
  }
  netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  if (netlink < 0) fail("socket");
  int buffer = 8 << 20;
  setsockopt(netlink, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  int on = 1;
  setsockopt(netlink, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on);
  struct nfqnl_msg_config_cmd bind = {NFQNL_CFG_CMD_BIND, 0, htons(AF_INET)};
  tell(NFQNL_MSG_CONFIG, AF_UNSPEC, NFQA_CFG_CMD, &bind, sizeof bind, 1);
  struct nfqnl_msg_config_params copy = {htonl(COPIED), NFQNL_COPY_PACKET};
  tell(NFQNL_MSG_CONFIG, AF_UNSPEC, NFQA_CFG_PARAMS, &copy, sizeof copy, 1);
  uint32_t length = htonl(HELD_MAX);
  tell(NFQNL_MSG_CONFIG, AF_UNSPEC, NFQA_CFG_QUEUE_MAXLEN, &length, sizeof length, 1);
  signal(SIGTERM, end);
  printf("ready\n");
  fflush(stdout);
  static char bytes[1 << 16];
  while (!ending) {
    int64_t now = now_nanos();
    while (held_count > 0 && held[0].due <= now) let_go(take_first());
    struct timespec wait = {1, 0};
    if (held_count > 0) {
      int64_t nanos = held[0].due - now;
      wait = (struct timespec) {nanos / 1000000000LL, nanos % 1000000000LL};
    }
    struct pollfd polls[] = {{netlink, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    if (ppoll(polls, 2, &wait, NULL) <= 0) continue;
    if (polls[1].revents != 0 && read(STDIN_FILENO, bytes, sizeof bytes) <= 0) ending = 1;
    if (polls[0].revents == 0) continue;
    ssize_t size = recv(netlink, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0) {
      if (errno == EINTR || errno == EAGAIN || errno == ENOBUFS) continue;
      fail("recv");
    }
    int left = (int) size;
    for (struct nlmsghdr *header = (struct nlmsghdr *) bytes; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == ((NFNL_SUBSYS_QUEUE << 8) | NFQNL_MSG_PACKET)) packet(header);
    }
  }
  while (held_count > 0) let_go(take_first());
  return 0;
}
