package dev.candlewick.core.reconcile;

import dev.candlewick.core.number.Int128;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Compares what the sides have of one key: bit for bit first, then by the drift of each field, in exact integers;
 * immutable.
 */
public final class ValueDiffer {
    private static final BigInteger BILLION = BigInteger.valueOf(1_000_000_000);

    private final long thresholdPartsPerBillion;
    private final boolean topicRead;

    /**
     * A differ.
     *
     * @param thresholdPartsPerBillion a field's relative drift above it is an alert
     * @param topicRead whether the topic is a side at all
     */
    public ValueDiffer(long thresholdPartsPerBillion, boolean topicRead) {
        if (thresholdPartsPerBillion < 0) {
            throw new IllegalArgumentException(
                    "threshold must not be negative, was " + thresholdPartsPerBillion + " parts per billion");
        }
        this.thresholdPartsPerBillion = thresholdPartsPerBillion;
        this.topicRead = topicRead;
    }

    /**
     * Compares one key.
     *
     * @return null where all sides that were read are equal or nobody has the key
     */
    public @Nullable Difference compare(
            @Nullable ObservedValue topic, @Nullable ObservedValue lake, @Nullable ObservedValue truth) {
        ObservedValue any = truth != null ? truth : lake != null ? lake : topic;
        if (any == null) {
            return null;
        }
        DifferenceClass kind = kind(topic, lake, truth);
        if (kind == null) {
            return null;
        }
        List<FieldDrift> drifts = new ArrayList<>();
        boolean alert = kind.isMissing() || kind.isExtra();
        if (truth != null) {
            alert |= drifts(Side.TOPIC, topic, truth, drifts);
            alert |= drifts(Side.LAKE, lake, truth, drifts);
        }
        return new Difference(any.key(), kind, topic, lake, truth, drifts, alert, Diagnosis.NONE);
    }

    private @Nullable DifferenceClass kind(
            @Nullable ObservedValue topic, @Nullable ObservedValue lake, @Nullable ObservedValue truth) {
        if (truth == null) {
            if (topic != null && (lake != null || !topicRead)) {
                return DifferenceClass.EXTRA_IN_BOTH;
            }
            return topic != null
                    ? DifferenceClass.EXTRA_IN_TOPIC
                    : topicRead ? DifferenceClass.EXTRA_IN_LAKE : DifferenceClass.EXTRA_IN_BOTH;
        }
        boolean topicMissing = topicRead && topic == null;
        if (lake == null) {
            return topicMissing || !topicRead ? DifferenceClass.MISSING_IN_BOTH : DifferenceClass.MISSING_IN_LAKE;
        }
        if (topicMissing) {
            return DifferenceClass.MISSING_IN_TOPIC;
        }
        boolean topicDiffers = topic != null && !topic.sameFields(truth);
        boolean lakeDiffers = !lake.sameFields(truth);
        if (lakeDiffers) {
            return topicDiffers || !topicRead ? DifferenceClass.BOTH_DIFFER : DifferenceClass.LAKE_DIFFERS;
        }
        return topicDiffers ? DifferenceClass.TOPIC_DIFFERS : null;
    }

    private boolean drifts(Side side, @Nullable ObservedValue published, ObservedValue truth, List<FieldDrift> into) {
        if (published == null || published.sameFields(truth)) {
            return false;
        }
        if (published.defect() != null) {
            return true;
        }
        boolean alert = false;
        for (ValueField field : ValueField.of(truth.key().kind())) {
            Int128 left = published.get(field);
            Int128 right = truth.get(field);
            if (!Objects.equals(left, right)) {
                FieldDrift drift = drift(side, field, published, truth, left, right);
                alert |= drift.alert();
                into.add(drift);
            }
        }
        return alert;
    }

    private FieldDrift drift(
            Side side,
            ValueField field,
            ObservedValue published,
            ObservedValue truth,
            @Nullable Int128 left,
            @Nullable Int128 right) {
        Long partsPerBillion = null;
        boolean alert = false;
        if (field.isMagnitude()) {
            partsPerBillion = FieldDrift.INFINITE;
            alert = true;
            if (left != null && right != null && !right.isZero()) {
                BigInteger distance =
                        left.toBigInteger().subtract(right.toBigInteger()).abs().multiply(BILLION);
                BigInteger base = right.toBigInteger().abs();
                BigInteger quotient = distance.divide(base);
                partsPerBillion = quotient.bitLength() < Long.SIZE ? quotient.longValue() : FieldDrift.INFINITE;
                // Not by the rounded quotient: a threshold is passed or it is not.
                alert = distance.compareTo(base.multiply(BigInteger.valueOf(thresholdPartsPerBillion))) > 0;
            }
        }
        return new FieldDrift(side, field, published.text(field), truth.text(field), partsPerBillion, alert);
    }
}
