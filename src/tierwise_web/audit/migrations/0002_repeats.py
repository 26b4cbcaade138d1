"""How often the same happened within a minute: a flood is one line of the log."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Repeat",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="repeat",
                        serialize=False,
                        to="audit.event",
                    ),
                ),
                ("number", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.AddIndex("event", models.Index(fields=["actor", "at"], name="who_when")),
    ]
