//! What a queue does to messages over time.

use std::time::Duration;

use super::*;

fn queue(change: impl Fn(&mut Settings)) -> Queue {
    let mut settings = Settings {
        fifo: false,
        content_based_deduplication: false,
        visibility: Duration::from_secs(30),
        delay: Duration::ZERO,
        retention: Duration::from_secs(345_600),
        dead_letters: None,
    };
    change(&mut settings);
    Queue::new("Jobs".to_owned(), "jobs".to_owned(), "arn:jobs".to_owned(), settings)
}

fn message(body: &str) -> Message {
    Message { body: body.to_owned(), ..Message::default() }
}

fn in_group(body: &str, group: &str) -> Message {
    Message {
        body: body.to_owned(),
        group_id: Some(group.to_owned()),
        deduplication_id: Some(body.to_owned()),
        ..Message::default()
    }
}

fn take(queue: &Queue, messages: usize) -> Vec<Received> {
    queue.take(&Want { messages, bytes: usize::MAX, visibility: None }).received
}

fn bodies(received: &[Received]) -> Vec<&str> {
    received.iter().map(|message| message.message.body.as_str()).collect()
}

async fn pass(seconds: u64) {
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn messages_are_hidden_until_their_time_is_over() {
    let queue = queue(|_| {});
    queue.send(message("a")).unwrap();
    let first = take(&queue, 10);
    assert_eq!(bodies(&first), ["a"]);
    pass(29).await;
    assert!(take(&queue, 10).is_empty());
    pass(1).await;
    let second = take(&queue, 10);
    assert_eq!((second[0].receives, &second[0].id), (2, &first[0].id));
    // The receipt of the first time is worth nothing any more.
    assert!(!queue.delete(&first[0].receipt));
    assert!(queue.delete(&second[0].receipt));
    pass(60).await;
    assert!(take(&queue, 10).is_empty());
}

#[tokio::test(start_paused = true)]
async fn messages_are_hidden_for_longer_or_not_at_all() {
    let queue = queue(|_| {});
    queue.send(message("a")).unwrap();
    let taken = take(&queue, 1);
    assert!(queue.hide(&taken[0].receipt, Duration::from_secs(100)));
    pass(99).await;
    assert!(take(&queue, 1).is_empty());
    pass(1).await;
    let taken = take(&queue, 1);
    assert!(queue.hide(&taken[0].receipt, Duration::ZERO));
    assert_eq!(take(&queue, 1).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn messages_wait_until_their_delay_is_over() {
    let queue = queue(|settings| settings.delay = Duration::from_secs(10));
    queue.send(message("late")).unwrap();
    queue.send(Message { delay_seconds: Some(0), ..message("now") }).unwrap();
    assert_eq!(bodies(&take(&queue, 10)), ["now"]);
    assert_eq!((queue.state().delayed, queue.state().in_flight), (1, 1));
    pass(10).await;
    assert_eq!(bodies(&take(&queue, 10)), ["late"]);
}

#[tokio::test(start_paused = true)]
async fn messages_are_kept_for_so_long_only() {
    let queue = queue(|settings| settings.retention = Duration::from_secs(60));
    queue.send(message("old")).unwrap();
    pass(59).await;
    queue.send(message("new")).unwrap();
    pass(1).await;
    assert_eq!(bodies(&take(&queue, 10)), ["new"]);
}

#[tokio::test(start_paused = true)]
async fn messages_received_too_often_are_taken_out() {
    let dead = DeadLetters { queue: "Dead".to_owned(), max_receives: 2 };
    let queue = queue(|settings| settings.dead_letters = Some(dead.clone()));
    queue.send(message("a")).unwrap();
    for _ in 0..2 {
        assert_eq!(take(&queue, 1).len(), 1);
        pass(30).await;
    }
    let mut taken = queue.take(&Want { messages: 1, bytes: usize::MAX, visibility: None });
    assert!(taken.received.is_empty());
    let other = Queue::new("Dead".to_owned(), "dead".to_owned(), String::new(), queue.settings());
    other.bury(taken.dead.remove(0), &queue.arn).unwrap();
    let buried = take(&other, 1);
    assert_eq!((buried[0].receives, buried[0].dead_letter_source.as_deref()), (1, Some("arn:jobs")));
    assert_eq!(queue.state().messages.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_group_keeps_its_order() {
    let queue = queue(|settings| settings.fifo = true);
    for (body, group) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a")] {
        queue.send(in_group(body, group)).unwrap();
    }
    let first = take(&queue, 2);
    assert_eq!(bodies(&first), ["a1", "a2"]);
    // The rest of the group waits, others do not.
    assert_eq!(bodies(&take(&queue, 10)), ["b1"]);
    queue.delete(&first[0].receipt);
    assert!(take(&queue, 10).is_empty());
    pass(30).await;
    assert_eq!(bodies(&take(&queue, 10)), ["a2", "b1", "a3"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_again_is_known_for_five_minutes() {
    let queue = queue(|settings| settings.fifo = true);
    let sent = queue.send(in_group("a", "g")).unwrap();
    assert_eq!(queue.send(in_group("a", "g")).unwrap(), sent);
    assert_eq!(take(&queue, 10).len(), 1);
    pass(300).await;
    assert_ne!(queue.send(in_group("a", "g")).unwrap().message_id, sent.message_id);
}

#[tokio::test(start_paused = true)]
async fn the_body_tells_a_message_where_the_queue_says_so() {
    let queue = queue(|settings| (settings.fifo, settings.content_based_deduplication) = (true, true));
    let plain = |body: &str| Message { deduplication_id: None, ..in_group(body, "g") };
    for body in ["a", "a", "b"] {
        queue.send(plain(body)).unwrap();
    }
    assert_eq!(bodies(&take(&queue, 10)), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn what_sqs_refuses_is_refused() {
    let plain = queue(|_| {});
    let fifo = queue(|settings| settings.fifo = true);
    let large = "x".repeat(LARGEST + 1);
    assert_eq!(plain.send(message(&large)), Err(Refused::TooLarge { bytes: LARGEST + 1, limit: LARGEST }));
    let many = (0..11).map(|n| (n.to_string(), crate::messaging::Attribute::text("x"))).collect();
    for bad in [
        message(""),
        message("a\u{0}"),
        Message { delay_seconds: Some(901), ..message("a") },
        Message { deduplication_id: Some("d".to_owned()), ..message("a") },
        Message { attributes: many, ..message("a") },
    ] {
        assert!(matches!(plain.send(bad.clone()), Err(Refused::Invalid(_))), "{bad:?}");
    }
    for bad in [
        message("no group"),
        Message { deduplication_id: None, ..in_group("no id", "g") },
        Message { delay_seconds: Some(5), ..in_group("delay", "g") },
    ] {
        assert!(matches!(fifo.send(bad.clone()), Err(Refused::Invalid(_))), "{bad:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_and_takes_again_when_there_is_room() {
    let queue = queue(|_| {});
    let large = "x".repeat(LARGEST);
    for _ in 0..MOST_BYTES / LARGEST {
        queue.send(message(&large)).unwrap();
    }
    let refused = queue.send(message("x")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "queue jobs is full: it holds 128 messages with 128 MiB; receive or purge some of its messages"
    );
    let taken = take(&queue, 1);
    queue.delete(&taken[0].receipt);
    queue.send(message("x")).unwrap();
    assert_eq!(queue.purge(), 128);
    assert_eq!(queue.send(message("x")).map(|_| ()), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn an_event_takes_so_many_bytes_and_one_message_at_least() {
    let queue = queue(|_| {});
    for body in ["12345", "1234567890", "1"] {
        queue.send(message(body)).unwrap();
    }
    let take = |bytes| queue.take(&Want { messages: 10, bytes, visibility: None }).received;
    assert_eq!(bodies(&take(3)), ["12345"]);
    assert_eq!(bodies(&take(11)), ["1234567890", "1"]);
}
